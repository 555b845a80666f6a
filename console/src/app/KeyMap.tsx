import { Modal, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { layer } from "./base.ts";
import { useEntries } from "./pages.ts";
import { prefer, usePreferences } from "./preferences.ts";

export function KeyMap({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("app");
  const { keys } = usePreferences();
  const map: [string, string][] = [
    ["Ctrl K", t("keys.search")],
    ["/", t("keys.filter")],
    ["j k", t("keys.rows")],
    ["Enter", t("keys.open")],
    ["x", t("keys.mark")],
    ["e", t("keys.export")],
    ["f", t("keys.follow")],
    ...useEntries().map(({ keys, name }): [string, string] => [keys, t("keys.go", { page: name })]),
    ["Ctrl Enter", t("keys.submit")],
    ["Esc", t("keys.close")],
    ["?", t("keys.map")],
  ];
  return (
    <Modal open title={t("keys.title")} footer={null} onCancel={onClose} getContainer={layer} width={420}>
      <dl className="key-map">
        {map.map(([key, what]) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="switch">
        <Switch checked={keys} onChange={(on) => prefer({ keys: on })} aria-label={t("keys.switch")} />{" "}
        {t("keys.switch")}
      </p>
    </Modal>
  );
}
