import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { addTexts } from "../../app/i18n.ts";
import { Tabs } from "../../parts/Tabs.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("orders", { en, zh });

const addresses = { orders: "/orders", reservations: "/orders/reservations" } as const;

/** The two lists of the entry, each at its own address. */
export function Tabbed({ active, children }: { active: keyof typeof addresses; children: ReactNode }) {
  const { t } = useTranslation("orders");
  const navigate = useNavigate();
  const tab = (key: keyof typeof addresses) => ({ key, label: t(`tab.${key}`), children });
  return (
    <Tabs
      label={t("title")}
      tabs={[tab("orders"), tab("reservations")]}
      active={active}
      onChange={(key) => void navigate({ to: addresses[key as keyof typeof addresses] })}
    />
  );
}
