import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { tillPolicies } from "../../api/tillQueries.ts";
import { CommandButtons } from "../../parts/CommandButton.tsx";
import { CommandForm } from "../../parts/CommandForm.tsx";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { TextField } from "../../parts/Field.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { type Part, parts, partText, type TillPolicy } from "../../parts/policy/inherit.ts";
import { FigureFields, RiskField } from "../../parts/policy/PolicyFields.tsx";
import { Time } from "../../parts/Time.tsx";
import { broaderThan, formOf, keyOf, planDefaults, planDeletePolicy, scopeOf } from "./policies.ts";

/** The settings that apply to many tills: to all, to those of a place, of a channel, or of a channel at a place. */
export function Policies({ chosen }: { chosen: string }) {
  const { t } = useTranslation("running");
  const asked = useQuery(tillPolicies);
  // A deleted policy is no longer listed. Its form stays, and shows the outcome.
  const shown = useRef<TillPolicy>(undefined);
  return (
    <>
      <p>
        <Link to="/running" search={{ tab: "tills" }}>
          {t("policies.back")}
        </Link>
      </p>
      <Answer of={asked} what={t("policies.what")}>
        {({ items, next_page_token }) => {
          // Where there are more policies than were read, the server alone knows which of them counts.
          const known = next_page_token ? undefined : items;
          const listed = items.find((one) => keyOf(one) === chosen);
          if (listed) shown.current = listed;
          const one = shown.current && keyOf(shown.current) === chosen ? shown.current : undefined;
          return (
            <>
              <p className="muted">{t("policies.how")}</p>
              <CommandButtons
                offers={[
                  {
                    operation: "SetTillPolicy",
                    name: "NewTillPolicy",
                    form: (onClose) => <Form known={known} onClose={onClose} />,
                  },
                ]}
              />
              {one && <One key={chosen} of={one} known={known} gone={!listed} />}
              {items.length === 0 ? <p>{t("policies.none")}</p> : <Table rows={items} />}
              {next_page_token && <p className="muted">{t("policies.more", { count: items.length })}</p>}
            </>
          );
        }}
      </Answer>
    </>
  );
}

/** A policy is set as a whole. Its scope stays. */
function Form(props: { of?: TillPolicy; known: TillPolicy[] | undefined; onClose: () => void }) {
  const { t } = useTranslation("running");
  const { of, known } = props;
  const [form, setForm] = useState(() => formOf(of ?? {}));
  const scope = { location_id: form.location_id.trim(), channel_id: form.channel_id.trim() };
  const onChange = (part: Part, value: string) => setForm({ ...form, [part]: value });
  return (
    <CommandForm
      only
      operation="SetTillPolicy"
      {...(of ? {} : { name: "NewTillPolicy" })}
      plan={() => planDefaults(of, form, known)}
      onClose={props.onClose}
    >
      {(faults) => {
        const shared = { form, defaults: known && broaderThan(scope, known), faults, onChange };
        return (
          <>
            {!of && (
              <>
                <TextField
                  label={t("policies.place")}
                  hint={t("policies.placeNote")}
                  value={form.location_id}
                  onChange={(location_id) => setForm({ ...form, location_id })}
                  fault={faults.location_id}
                />
                <TextField
                  label={t("policies.channel")}
                  hint={t("policies.channelNote")}
                  value={form.channel_id}
                  onChange={(channel_id) => setForm({ ...form, channel_id })}
                  fault={faults.channel_id}
                />
              </>
            )}
            <FigureFields {...shared} />
            <RiskField {...shared} />
          </>
        );
      }}
    </CommandForm>
  );
}

function One({ of, known, gone }: { of: TillPolicy; known: TillPolicy[] | undefined; gone: boolean }) {
  const { t } = useTranslation("running");
  const off = gone ? t("policies.gone") : undefined;
  return (
    <section>
      <h2>
        {t("policies.title")} <Whom of={of} />
      </h2>
      <CommandButtons
        offers={[
          { operation: "SetTillPolicy", off, form: (onClose) => <Form of={of} known={known} onClose={onClose} /> },
          {
            operation: "DeleteTillPolicy",
            off,
            form: (onClose) => (
              <CommandForm only operation="DeleteTillPolicy" plan={() => planDeletePolicy(of, known)} onClose={onClose}>
                {() => <p>{t("policies.delete")}</p>}
              </CommandForm>
            ),
          },
        ]}
      />
    </section>
  );
}

function Whom({ of }: { of: TillPolicy }) {
  const { t } = useTranslation("running");
  const { location_id, channel_id } = scopeOf(of);
  if (!location_id && !channel_id) return <>{t("policies.all")}</>;
  return (
    <>
      {location_id && <Id>{location_id}</Id>}
      {location_id && channel_id && " · "}
      {channel_id && (
        <>
          {t("app:thing.channel")} <Id>{channel_id}</Id>
        </>
      )}
    </>
  );
}

function Table({ rows }: { rows: TillPolicy[] }) {
  const { t } = useTranslation(["running", "policy", "app"]);
  const navigate = useNavigate();
  const open = (of: TillPolicy) => void navigate({ to: "/running", search: { tab: "tills", policy: keyOf(of) } });
  const said = (of: TillPolicy, part: Part): string => {
    const value = of[part];
    return value === undefined ? "" : partText(t, part, value);
  };
  const all = (of: TillPolicy) =>
    parts
      .filter((part) => of[part] !== undefined)
      .map((part) => `${t(`policy:part.${part}`)} ${said(of, part)}`)
      .join(" · ");
  const columns: Column<TillPolicy>[] = [
    {
      key: "whom",
      title: t("running:policies.whom"),
      width: 210,
      second: (row) => all(row),
      cell: (row) => (
        <Link to="/running" search={{ tab: "tills", policy: keyOf(row) }}>
          <Whom of={row} />
        </Link>
      ),
    },
    ...parts.map(
      (part): Column<TillPolicy> => ({
        key: part,
        title: t(`policy:part.${part}`),
        width: 105,
        wide: true,
        figure: part !== "at_risk",
        cell: (row) => said(row, part),
      }),
    ),
    {
      key: "changed",
      title: t("running:policies.changed"),
      width: 160,
      wide: true,
      cell: (row) => <Time at={row.updated_at} relative />,
    },
  ];
  return (
    <DataTable
      label={t("running:policies.what")}
      columns={columns}
      rows={rows}
      rowKey={(row) => keyOf(row)}
      onOpen={open}
    />
  );
}
