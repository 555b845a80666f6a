import { getRouteApi } from "@tanstack/react-router";
import { addTexts } from "../../app/i18n.ts";
import { BookedTab } from "./Booked.tsx";
import { useTabs } from "./FiguresFrame.tsx";
import { OverstockTab } from "./Overstock.tsx";
import { ServiceTab } from "./Service.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("figures", { en, zh });

const route = getRouteApi("/figures");

/** The tab that the address names, or the first where the reader may not see that one. */
export function FiguresPage() {
  const { tab } = route.useSearch();
  const tabs = useTabs();
  const shown = tabs.find((key) => key === tab) ?? "booked";
  if (shown === "service") return <ServiceTab />;
  return shown === "overstock" ? <OverstockTab /> : <BookedTab />;
}
