import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { shipped } from "./build/shipped.ts";

// A server to develop against, and the key the pages call it with while no session is there.
const server = process.env.HOLDFAST_URL ?? "http://localhost:8080";

export default defineConfig({
  base: "./",
  plugins: [react(), shipped()],
  resolve: {
    alias: { "holdfast-client": fileURLToPath(new URL("../clients/typescript/src/index.ts", import.meta.url)) },
  },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    reportCompressedSize: false,
    // The licences of what is linked in ask to go with it.
    license: { fileName: "licences.md" },
  },
  worker: { format: "es" },
  server: { proxy: { "/v1": server, "/console/session": server, "/console/options": server } },
  test: { testTimeout: 120_000, include: ["src/test/**/*.test.ts", "src/test/**/*.test.tsx"] },
});
