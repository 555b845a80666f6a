import { BulbOutlined, LogoutOutlined, SearchOutlined, UserOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Button, Dropdown, type MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { useWho } from "../api/queries.ts";
import { prefer, usePreferences } from "./preferences.ts";
import { signOut } from "./session.ts";

export function TopBar(props: { onSearch: () => void; onKeys: () => void }) {
  const { t } = useTranslation("app");
  const { language, theme } = usePreferences();
  const themes: MenuProps = {
    items: (["system", "light", "dark"] as const).map((key) => ({ key, label: t(`bar.${key}`) })),
    selectable: true,
    selectedKeys: [theme],
    onClick: ({ key }) => prefer({ theme: key as typeof theme }),
  };
  return (
    <header className="top">
      <Link to="/" className="brand" aria-label={t("name")}>
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <rect width="32" height="32" rx="6" fill="currentColor" />
          <path d="M8 8h4v16H8zM20 8h4v16h-4zM12 14h8v4h-8z" fill="var(--ground)" />
        </svg>
        <span>{t("name")}</span>
      </Link>
      <button type="button" className="plain search" onClick={props.onSearch} aria-keyshortcuts="Control+K">
        <SearchOutlined /> <span>{t("bar.search")}</span> <kbd>Ctrl K</kbd>
      </button>
      <span className="space" />
      <Button
        type="text"
        title={t("bar.languageTitle")}
        lang={language === "zh" ? "en" : "zh-CN"}
        onClick={() => prefer({ language: language === "zh" ? "en" : "zh" })}
      >
        {t("bar.language")}
      </Button>
      <Dropdown menu={themes} trigger={["click"]}>
        <Button type="text" icon={<BulbOutlined />} title={t("bar.theme")} aria-label={t("bar.theme")} />
      </Dropdown>
      <WhoMenu onKeys={props.onKeys} />
    </header>
  );
}

function WhoMenu({ onKeys }: { onKeys: () => void }) {
  const { t } = useTranslation("app");
  const { data } = useWho();
  const about = data
    ? [
        { type: "group" as const, key: "tenant", label: t("bar.tenant", { tenant: data.tenant }) },
        {
          type: "group" as const,
          key: "role",
          label: t("bar.role", { role: t(`role.${data.role}`, { defaultValue: data.role }) }),
        },
        { type: "divider" as const },
      ]
    : [];
  const menu: MenuProps = {
    items: [
      ...about,
      { key: "keys", label: t("bar.keys"), extra: "?" },
      { key: "out", label: t("bar.signOut"), icon: <LogoutOutlined /> },
    ],
    onClick: ({ key }) => {
      if (key === "keys") onKeys();
      if (key === "out") void signOut();
    },
  };
  return (
    <Dropdown menu={menu} trigger={["click"]}>
      <Button type="text" icon={<UserOutlined />} aria-label={t("bar.operator", { operator: data?.operator ?? "" })}>
        <bdi className="who">{data?.operator}</bdi>
      </Button>
    </Dropdown>
  );
}
