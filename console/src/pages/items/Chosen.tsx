import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Failed } from "../../parts/Frame.tsx";
import { mostItems, type useMarked } from "./useMarked.ts";

/** The number of items that are chosen, and buttons to choose all of them, or none. */
export function Chosen({ of }: { of: ReturnType<typeof useMarked> }) {
  const { t } = useTranslation("items");
  const { rows, reading, failed } = of;
  if (failed) return <Failed what={t("what")} error={failed} retry={of.all} />;
  return (
    <div className="filters">
      <span className="found" role="status">
        {reading === undefined ? t("chosen", { count: rows.size, most: mostItems }) : t("reading", { count: reading })}
      </span>
      {reading === undefined ? (
        <>
          <Button onClick={of.all}>{t("chooseAll", { count: mostItems })}</Button>
          <Button onClick={of.none}>{t("chooseNone")}</Button>
        </>
      ) : (
        <Button onClick={of.stop}>{t("stop")}</Button>
      )}
    </div>
  );
}
