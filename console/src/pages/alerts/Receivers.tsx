import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { alertOptions, alertReceivers } from "../../api/alertQueries.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { ReceiverForm } from "./ReceiverForm.tsx";
import { type Kind, planDropReceiver, planTest, type Receiver } from "./receiver.ts";

/** The receivers of notices. */
export function Receivers({ chosen }: { chosen: string | undefined }) {
  const { t } = useTranslation("alerts");
  const receivers = useQuery(alertReceivers);
  const options = useQuery(alertOptions);
  return (
    <Answer of={options} what={t("options")}>
      {({ receiver_kinds }) => (
        <Answer of={receivers} what={t("receivers")}>
          {({ items }) => {
            const one = items.find(({ receiver_id }) => receiver_id === chosen);
            return (
              <>
                <CommandButtons
                  offers={[
                    {
                      operation: "SetAlertReceiver",
                      name: "NewAlertReceiver",
                      form: (onClose) => <ReceiverForm kinds={receiver_kinds} known={items} onClose={onClose} />,
                    },
                  ]}
                />
                {one && <OneReceiver key={one.receiver_id} of={one} kinds={receiver_kinds} known={items} />}
                {items.length > 0 ? <Table rows={items} /> : <Empty>{t("noReceivers")}</Empty>}
              </>
            );
          }}
        </Answer>
      )}
    </Answer>
  );
}

function OneReceiver({ of, kinds, known }: { of: Receiver; kinds: Kind[]; known: Receiver[] }) {
  const { t } = useTranslation("alerts");
  return (
    <section>
      <h2>
        <Id>{of.receiver_id}</Id>
      </h2>
      <CommandButtons
        offers={[
          {
            operation: "TestAlertReceiver",
            form: (onClose) => (
              <CommandForm
                operation="TestAlertReceiver"
                plan={() => planTest(of)}
                onClose={onClose}
                result={(answer) => <Came of={answer as components["schemas"]["AlertReceiverTest"]} />}
              >
                {() => <p>{t("testNote")}</p>}
              </CommandForm>
            ),
          },
          {
            operation: "SetAlertReceiver",
            form: (onClose) => <ReceiverForm kinds={kinds} was={of} known={known} onClose={onClose} />,
          },
          {
            operation: "DeleteAlertReceiver",
            form: (onClose) => (
              <CommandForm only operation="DeleteAlertReceiver" plan={() => planDropReceiver(of)} onClose={onClose}>
                {() => <p>{t("will.dropReceiver")}</p>}
              </CommandForm>
            ),
          },
        ]}
      />
    </section>
  );
}

/** The outcome of a test. */
function Came({ of }: { of: components["schemas"]["AlertReceiverTest"] }) {
  const { t } = useTranslation("alerts");
  return (
    <p role="status" className={of.delivered ? undefined : "fault"}>
      <bdi>
        {of.delivered ? t("test.delivered", { took: of.took_ms }) : t("test.failed", { error: of.error ?? "" })}
      </bdi>
    </p>
  );
}

function Table({ rows }: { rows: Receiver[] }) {
  const { t } = useTranslation("alerts");
  const navigate = useNavigate();
  const search = (row: Receiver) => ({ tab: "receivers", of: row.receiver_id });
  const kind = (row: Receiver) => t(`kinds.${row.kind}`, { defaultValue: row.kind });
  const columns: Column<Receiver>[] = [
    {
      key: "id",
      title: t("receiver"),
      width: 180,
      second: kind,
      cell: (row) => (
        <Link to="/inbox/alerts" search={search(row)}>
          <Id>{row.receiver_id}</Id>
        </Link>
      ),
    },
    { key: "kind", title: t("kind"), width: 120, wide: true, cell: kind },
    {
      key: "settings",
      title: t("settings"),
      width: 360,
      cell: (row) => (
        <bdi>
          {Object.entries(row.settings ?? {})
            .map(([name, value]) => `${t(`setting.${name}`, { defaultValue: name })}: ${value}`)
            .join(" · ")}
        </bdi>
      ),
    },
    {
      key: "secrets",
      title: t("secrets"),
      width: 160,
      wide: true,
      cell: (row) => (row.secrets ?? []).map((name) => t(`setting.${name}`, { defaultValue: name })).join(", ") || "–",
    },
    {
      key: "changed",
      title: t("changed"),
      width: 180,
      wide: true,
      cell: (row) => <Time at={row.updated_at} relative />,
    },
  ];
  return (
    <DataTable
      label={t("receivers")}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.receiver_id}
      onOpen={(row) => void navigate({ to: "/inbox/alerts", search: search(row) })}
    />
  );
}
