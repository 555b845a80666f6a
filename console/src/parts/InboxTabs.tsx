import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

const pages = ["/inbox", "/inbox/alerts"] as const;

/** The pages of what waits for people. */
export function InboxTabs() {
  const { t } = useTranslation("app");
  return (
    <nav className="tabs" aria-label={t("nav.inbox")}>
      {pages.map((to) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {t(`tabs.${to.replaceAll("/", "_").slice(1)}`)}
        </Link>
      ))}
    </nav>
  );
}
