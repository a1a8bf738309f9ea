import { defineConfig } from "orval";

/** Powertools appends path and verb to the handler's name (`list_rooms_v1_rooms_get`); the handler's name is enough. */
function operationName(operationId: string): string {
  return operationId
    .replace(/_v\d+_.*$/, "")
    .replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

export default defineConfig({
  wattwarden: {
    input: "./openapi.json",
    output: {
      target: process.env.GENERATED_TARGET ?? "src/api/generated/wattwarden.ts",
      client: "react-query",
      httpClient: "fetch",
      override: {
        header: () => ["Generated from openapi.json by `npm run generate`; do not edit."],
        operationName: (operation, route, verb) =>
          operationName(operation.operationId ?? `${verb}_${route}`),
        mutator: { path: "src/api/client.ts", name: "apiFetch" },
        fetch: { includeHttpResponseReturnType: false },
      },
    },
  },
});
