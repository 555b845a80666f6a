import { Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Loading } from "../parts/Frame.tsx";
import { FirstStart } from "./FirstStart.tsx";
import { IdleWarning } from "./IdleWarning.tsx";
import { KeyMap } from "./KeyMap.tsx";
import { type Keys, useKeys } from "./keys.ts";
import { useEntries } from "./pages.ts";
import { usePreferences } from "./preferences.ts";
import { SideBar } from "./SideBar.tsx";
import { TopBar } from "./TopBar.tsx";
import { Unfinished } from "./Unfinished.tsx";

const Palette = lazy(() => import("./Palette.tsx"));

export function Shell() {
  const { t } = useTranslation("app");
  const { folded } = usePreferences();
  const navigate = useNavigate();
  const [open, setOpen] = useState<"palette" | "keys" | undefined>();
  const close = () => setOpen(undefined);

  const going: Keys = Object.fromEntries(useEntries().map(({ keys, to }) => [keys, () => void navigate({ to })]));
  useKeys({
    ...going,
    "Ctrl-k": () => setOpen("palette"),
    "?": () => setOpen("keys"),
    "/": () => {
      const filter = document.querySelector<HTMLInputElement>("input[data-filter]");
      if (filter) filter.focus();
      else setOpen("palette");
    },
  });

  return (
    <div className={folded ? "shell folded" : "shell"}>
      <a className="skip" href="#page">
        {t("skip")}
      </a>
      <TopBar onSearch={() => setOpen("palette")} onKeys={() => setOpen("keys")} />
      <SideBar />
      <main id="page" tabIndex={-1}>
        <FirstStart />
        <Unfinished />
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
      <IdleWarning />
      {open === "palette" && (
        <Suspense>
          <Palette onClose={close} />
        </Suspense>
      )}
      {open === "keys" && <KeyMap onClose={close} />}
    </div>
  );
}
