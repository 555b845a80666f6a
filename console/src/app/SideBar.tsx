import { MenuFoldOutlined, MenuUnfoldOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { OpenCases } from "./OpenCases.tsx";
import { useEntries } from "./pages.ts";
import { prefer, usePreferences } from "./preferences.ts";

export function SideBar() {
  const { t } = useTranslation("app");
  const { folded } = usePreferences();
  const fold = t(folded ? "nav.unfold" : "nav.fold");
  return (
    <nav className="side" aria-label={t("nav.label")}>
      <ul>
        {useEntries().map(({ name, to, Icon }) => (
          <li key={to}>
            <Link to={to} title={name} activeOptions={{ includeSearch: false, exact: to === "/" }}>
              <Icon />
              <span className="name">{name}</span>
              {to === "/inbox" && <OpenCases />}
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
