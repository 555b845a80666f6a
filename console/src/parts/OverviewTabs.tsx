import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

/** The pages of the overview: what is now, and how well stock works. */
export function OverviewTabs() {
  const { t } = useTranslation("app");
  return (
    <nav className="tabs" aria-label={t("nav.overview")}>
      <Link to="/" activeOptions={{ exact: true, includeSearch: false }}>
        {t("tabs.now")}
      </Link>
      <Link to="/figures" activeOptions={{ exact: true, includeSearch: false }}>
        {t("tabs.figures")}
      </Link>
    </nav>
  );
}
