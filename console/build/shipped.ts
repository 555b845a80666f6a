import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin, Rollup } from "vite";

const kB = 1024;
/** The most that a browser may have to load, compressed: before the first page, and for each page after it. */
const limits = { first: 450 * kB, page: 60 * kB };

/**
 * shipped leaves each script and style sheet in gzip alone, as the program carries them
 * and browsers take them, and fails the build when a load has become too large.
 */
export function shipped(): Plugin {
  return {
    name: "shipped",
    apply: "build",
    enforce: "post",
    // Of the files as they are written: other plugins still change them before that.
    writeBundle({ dir = "dist" }, bundle) {
      const sizes = new Map<string, number>();
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css)$/.test(name)) continue;
        const packed = gzipSync(readFileSync(join(dir, name)), { level: 9 });
        sizes.set(name, packed.length);
        writeFileSync(join(dir, `${name}.gz`), packed);
        rmSync(join(dir, name));
      }
      for (const { name, size, limit } of loads(bundle, sizes)) {
        const line = `${name}: ${(size / kB).toFixed(0)} KB of ${limit / kB} KB`;
        if (size > limit) this.error(`too large to load, compressed: ${line}`);
        this.info(line);
      }
    },
  };
}

function loads(bundle: Rollup.OutputBundle, sizes: Map<string, number>) {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const weigh = (files: Iterable<string>) => [...files].reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
  const first = new Set<string>();
  for (const entry of chunks.filter((chunk) => chunk.isEntry)) gather(bundle, entry.fileName, first);
  const pages = chunks
    .filter((chunk) => chunk.isDynamicEntry)
    .map((chunk) => {
      const files = gather(bundle, chunk.fileName, new Set<string>());
      return { name: chunk.name, size: weigh([...files].filter((file) => !first.has(file))), limit: limits.page };
    });
  return [{ name: "first load", size: weigh(first), limit: limits.first }, ...pages];
}

/** The file, what it imports at once, and their styles. */
function gather(bundle: Rollup.OutputBundle, file: string, into: Set<string>): Set<string> {
  const chunk = bundle[file];
  if (into.has(file) || chunk?.type !== "chunk") return into;
  into.add(file);
  for (const style of chunk.viteMetadata?.importedCss ?? []) into.add(style);
  for (const imported of chunk.imports) gather(bundle, imported, into);
  return into;
}
