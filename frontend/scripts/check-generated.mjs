// Generates the client beside the committed one and fails when they differ.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

const committed = "src/api/generated/wattwarden.ts";
const fresh = "src/api/generated/wattwarden.fresh.ts";

try {
  execFileSync("npx", ["orval", "--config", "orval.config.ts"], {
    env: { ...process.env, GENERATED_TARGET: fresh },
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (readFileSync(committed, "utf8") !== readFileSync(fresh, "utf8")) {
    console.error(`${committed} does not match openapi.json: run \`npm run generate\` and commit.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { force: true });
}
