import "./app/style.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { basepath } from "./app/base.ts";
import { showWall } from "./app/wall.ts";

const root = document.getElementById("root");
if (root && window.location.pathname === `${basepath}/wall`) void showWall(root);
else if (root) createRoot(root).render(<App />);
