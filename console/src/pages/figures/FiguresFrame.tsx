import { useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../../api/queries.ts";
import { useKeys } from "../../app/keys.ts";
import type { Reading } from "../../parts/AsOf.tsx";
import { Page } from "../../parts/Frame.tsx";
import { Tabs } from "../../parts/Tabs.tsx";

export type TabName = "booked" | "overstock" | "service";

/** The tabs of the key figures, of which a person sees those that may be read. */
export function useTabs(): TabName[] {
  const who = useWho();
  const tabs: { key: TabName; operation: string }[] = [
    { key: "booked", operation: "ListFigures" },
    { key: "overstock", operation: "ListOverstock" },
    { key: "service", operation: "GetServiceFigures" },
  ];
  return tabs.flatMap(({ key, operation }) => (key === "booked" || who.data?.actions.includes(operation) ? [key] : []));
}

/** The frame that all tabs of the key figures have: where they lead to, and the table that is exported. */
export function FiguresFrame(props: {
  tab: TabName;
  reading: Reading;
  /** Exports what is shown; undefined while there is nothing. */
  keep: (() => void) | undefined;
  name: string;
  children: ReactNode;
}) {
  const { t } = useTranslation("figures");
  const navigate = useNavigate();
  const tabs = useTabs();
  const { tab, keep } = props;
  useKeys(keep ? { e: keep } : {});
  return (
    <Page
      title={t("title")}
      name={t("title")}
      purpose={t("purpose")}
      guide="figures"
      reading={props.reading}
      actions={
        <Button disabled={!keep} onClick={keep}>
          {props.name}
        </Button>
      }
    >
      <div className="limited">
        <Tabs
          label={t("title")}
          active={tab}
          tabs={tabs.map((key) => ({ key, label: t(`tab.${key}`), children: key === tab && props.children }))}
          onChange={(next) => void navigate({ to: "/figures", search: next === "booked" ? {} : { tab: next } })}
        />
      </div>
    </Page>
  );
}
