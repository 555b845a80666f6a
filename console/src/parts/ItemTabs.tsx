import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

const pages = ["/items", "/lots", "/files"] as const;

/** The pages about items. */
export function ItemTabs() {
  const { t } = useTranslation("app");
  return (
    <nav className="tabs" aria-label={t("nav.items")}>
      {pages.map((to) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {t(`tabs.${to.slice(1)}`)}
        </Link>
      ))}
    </nav>
  );
}
