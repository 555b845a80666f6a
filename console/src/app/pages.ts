import { type AnyRoute, useMatch, useRouter } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";

/** The name of a page, for the time before its own texts are there. */
interface Name {
  en: string;
  zh: string;
}

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** The page is in the side bar, and the two keys open it. */
    entry?: { name: Name; keys: string; Icon: ComponentType };
    /** The page is a tab of the entry whose path is of. */
    tab?: { of: string; name: Name };
  }
}

export interface Entry {
  name: string;
  to: string;
  keys: string;
  Icon: ComponentType;
}

export interface PageTab {
  name: string;
  to: string;
}

/** The routes of all pages, in the order of the tree. */
function useRoutes(): AnyRoute[] {
  return Object.values(useRouter().routeTree.children ?? {}) as AnyRoute[];
}

function useNaming(): (name: Name) => string {
  const { i18n } = useTranslation("app");
  return (name) => (i18n.language === "zh" ? name.zh : name.en);
}

/** The pages of the side bar. */
export function useEntries(): Entry[] {
  const naming = useNaming();
  return useRoutes().flatMap(({ fullPath, options }) => {
    const { entry } = options.staticData ?? {};
    return entry ? [{ ...entry, name: naming(entry.name), to: fullPath }] : [];
  });
}

/** The tabs that the shown page is one of, and the name of their entry. */
export function usePageTabs(): { label: string; tabs: PageTab[] } | undefined {
  const naming = useNaming();
  const routes = useRoutes();
  const shown = useMatch({ strict: false }).staticData?.tab;
  if (!shown) return undefined;
  const entry = routes.find(({ fullPath }) => fullPath === shown.of)?.options.staticData?.entry;
  const tabs = routes.flatMap(({ fullPath, options }) => {
    const { tab } = options.staticData ?? {};
    return tab?.of === shown.of ? [{ name: naming(tab.name), to: fullPath as string }] : [];
  });
  return { label: entry ? naming(entry.name) : "", tabs };
}
