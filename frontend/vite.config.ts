import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the API, the live socket and /config.json. */
const edge = process.env.WATTWARDEN_EDGE ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2023",
    // A data: address would break the page's `default-src 'self'`.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      "/api": edge,
      "/config.json": edge,
      "/live": { target: edge, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // One jsdom for all files: starting one per file costs most of the run. test/setup.ts leaves nothing behind.
    pool: "threads",
    isolate: false,
  },
});
