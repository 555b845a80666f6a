import "./wall.css";
import { createRoot } from "react-dom/client";
import { addTexts } from "../app/i18n.ts";
import { paint } from "../app/theme.ts";
import { run } from "./run.ts";
import en from "./texts.en.json";
import zh from "./texts.zh.json";
import { Wall } from "./Wall.tsx";

addTexts("wall", { en, zh });

/** Shows the wall: dark, whatever this browser prefers. */
export function start(root: Element): void {
  paint("dark");
  run();
  createRoot(root).render(<Wall />);
}
