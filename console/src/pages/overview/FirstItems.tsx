import { useTranslation } from "react-i18next";
import { server } from "../../app/base.ts";
import { Empty } from "../../parts/Frame.tsx";

/** The first steps where nothing is kept yet. */
export function FirstItems() {
  const { t } = useTranslation("overview");
  const steps = [
    { name: t("first.open"), page: "README", command: "holdfast open mug 40" },
    { name: t("first.file"), page: "files", command: "holdfast import levels stock.csv" },
    { name: t("first.keys"), page: "console", command: "holdfast keys create --name ann --scopes admin" },
  ];
  return (
    <Empty
      action={
        <ul className="plain-list first-items">
          {steps.map(({ name, page, command }) => (
            <li key={page}>
              <a href={`${server}/docs/guide/${page}`} target="_blank" rel="noopener">
                {name}
              </a>{" "}
              <code>{command}</code>
            </li>
          ))}
        </ul>
      }
    >
      {t("first.none")}
    </Empty>
  );
}
