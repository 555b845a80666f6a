import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

const places = ["/places", "/places/map", "/places/transfers"] as const;

/** The pages about places. */
export function PlacesTabs() {
  const { t } = useTranslation("app");
  return (
    <nav className="tabs" aria-label={t("nav.places")}>
      {places.map((to) => (
        <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
          {t(`tabs.${to.replaceAll("/", "_").slice(1)}`)}
        </Link>
      ))}
    </nav>
  );
}
