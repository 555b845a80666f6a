import { MenuFoldOutlined, MenuUnfoldOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { entries } from "./entries.tsx";
import { OpenCases } from "./OpenCases.tsx";
import { prefer, usePreferences } from "./preferences.ts";

export function SideBar() {
  const { t } = useTranslation("app");
  const { folded } = usePreferences();
  const fold = t(folded ? "nav.unfold" : "nav.fold");
  return (
    <nav className="side" aria-label={t("nav.label")}>
      <ul>
        {entries.map(({ name, to, Icon }) => (
          <li key={name}>
            <Link to={to} title={t(`nav.${name}`)} activeOptions={{ includeSearch: false, exact: to === "/" }}>
              <Icon />
              <span className="name">{t(`nav.${name}`)}</span>
              {name === "inbox" && <OpenCases />}
            </Link>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="plain fold"
        title={fold}
        aria-label={fold}
        onClick={() => prefer({ folded: !folded })}
      >
        {folded ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
      </button>
    </nav>
  );
}
