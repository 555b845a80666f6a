import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { displays } from "../../api/runningQueries.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { TextField } from "../../parts/Field.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import { type Display, planDisplay, planEndDisplay } from "./displays.ts";

/** The screens that show the wall. */
export function Displays({ chosen }: { chosen: string | undefined }) {
  const { t } = useTranslation("running");
  const asked = useQuery(displays);
  // An ended display is no longer listed. Its form stays, and shows the outcome.
  const shown = useRef<Display>(undefined);
  return (
    <Answer of={asked} what={t("displays.what")}>
      {({ items }) => {
        const listed = items.find(({ id }) => id === chosen);
        if (listed) shown.current = listed;
        const one = shown.current?.id === chosen ? shown.current : undefined;
        return (
          <>
            <p className="muted">{t("displays.how")}</p>
            <CommandButtons
              offers={[{ operation: "AddDisplay", form: (onClose) => <AddDisplay onClose={onClose} /> }]}
            />
            {one && <OneDisplay key={one.id} of={one} ended={!listed} />}
            {items.length === 0 ? <p>{t("displays.none")}</p> : <Table rows={items} />}
          </>
        );
      }}
    </Answer>
  );
}

function AddDisplay({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("running");
  const [form, setForm] = useState({ code: "", name: "" });
  return (
    <CommandForm operation="AddDisplay" plan={() => planDisplay(form)} onClose={onClose}>
      {(faults) => (
        <>
          <TextField
            label={t("displays.code")}
            hint={t("displays.codeNote")}
            value={form.code}
            onChange={(code) => setForm({ ...form, code })}
            fault={faults.code}
          />
          <TextField
            label={t("displays.name")}
            hint={t("displays.nameNote")}
            value={form.name}
            onChange={(name) => setForm({ ...form, name })}
            fault={faults.name}
          />
        </>
      )}
    </CommandForm>
  );
}

function OneDisplay({ of, ended }: { of: Display; ended: boolean }) {
  const { t } = useTranslation("running");
  return (
    <section>
      <h2>
        <bdi>{of.name}</bdi> <Id>{of.id}</Id>
      </h2>
      <CommandButtons
        offers={[
          {
            operation: "EndDisplay",
            off: ended ? t("displays.ended") : undefined,
            form: (onClose) => (
              <CommandForm operation="EndDisplay" plan={() => planEndDisplay(of)} onClose={onClose}>
                {() => <p>{t("will.end")}</p>}
              </CommandForm>
            ),
          },
        ]}
      />
    </section>
  );
}

function Table({ rows }: { rows: Display[] }) {
  const { t } = useTranslation("running");
  const navigate = useNavigate();
  const open = ({ id }: Display) => void navigate({ to: "/running", search: { tab: "displays", display: id } });
  const columns: Column<Display>[] = [
    {
      key: "name",
      title: t("name"),
      width: 200,
      second: (row) => <Id>{row.id}</Id>,
      cell: (row) => (
        <Link to="/running" search={{ tab: "displays", display: row.id }}>
          <bdi>{row.name}</bdi>
        </Link>
      ),
    },
    { key: "id", title: t("id"), width: 160, wide: true, cell: (row) => <Id>{row.id}</Id> },
    { key: "made", title: t("confirmed"), width: 170, cell: (row) => <Time at={row.created_at} relative /> },
    { key: "used", title: t("used"), width: 170, cell: (row) => <Time at={row.used_at} relative /> },
  ];
  return <DataTable label={t("displays.what")} columns={columns} rows={rows} rowKey={(row) => row.id} onOpen={open} />;
}
