import { Alert, Button, Skeleton } from "antd";
import { HoldfastError } from "holdfast-client";
import type { TFunction } from "i18next";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useWho } from "../api/queries.ts";
import { server } from "../app/base.ts";
import { stamp } from "../format/time.ts";
import { AsOf, type Reading } from "./AsOf.tsx";
import { PageTabs } from "./PageTabs.tsx";

/** A page: its name, its purpose, the time of its figures, and the pages next to it. */
export function Page(props: {
  title: ReactNode;
  /** The name in the window's title. */
  name: string;
  purpose: string;
  /** The page of the guide that says more. */
  guide: string;
  reading?: Reading;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation("app");
  useEffect(() => {
    document.title = `${props.name} · ${t("name")}`;
  }, [props.name, t]);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{props.title}</h1>
          <p className="muted">
            {props.purpose}{" "}
            <a href={`${server}/docs/guide/${props.guide}`} target="_blank" rel="noopener">
              {t("frame.guide")}
            </a>
          </p>
        </div>
        <div className="page-side">
          {props.reading && <AsOf {...props.reading} />}
          {props.actions}
        </div>
      </header>
      <PageTabs />
      {props.children}
    </>
  );
}

/** Shown only when an answer takes longer than a moment, so that nothing flickers. */
export function Loading({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation("app");
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-label={t("frame.loading")} className="frame" data-loading>
      {shown && <Skeleton title={false} paragraph={{ rows }} />}
    </div>
  );
}

/** The error in the reader's words, and as the server described it. */
export function Failed(props: { what: string; error: unknown; retry?: () => void }) {
  const { t } = useTranslation("app");
  const who = useWho();
  const error = props.error instanceof HoldfastError ? props.error : undefined;
  if (error?.code === "PERMISSION_DENIED") {
    const role = who.data ? t(`role.${who.data.role}`, { defaultValue: who.data.role }) : "–";
    return (
      <Alert
        className="frame"
        type="info"
        title={t("frame.forbidden", { role })}
        description={<Small error={error} />}
      />
    );
  }
  return (
    <Alert
      className="frame"
      type="error"
      role="alert"
      title={
        <>
          {t("frame.failed", { what: props.what })} {sentence(t, error)}
        </>
      }
      description={<Small error={error} />}
      action={props.retry && <Button onClick={props.retry}>{t("frame.retry")}</Button>}
    />
  );
}

/** The error, in the reader's words. */
export function sentence(t: TFunction<"app">, error: HoldfastError | undefined): string {
  if (!error) return "";
  return t(`problem.${error.code}`, { defaultValue: t("problem.OTHER", { code: error.code }) });
}

/** The error as the server described it, for the people who investigate it. */
export function Small({ error }: { error: HoldfastError | undefined }) {
  const { t } = useTranslation("app");
  if (!error) return null;
  return (
    <small className="muted">
      <bdi>{error.detail}</bdi>
      {error.requestId && <> · {t("frame.request", { id: error.requestId })}</>}
    </small>
  );
}

export function Empty(props: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="frame empty">
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

/** The figures stay, and their time is shown. */
export function Stale({ since, error, retry }: { since: number; error: unknown; retry: () => void }) {
  const { t, i18n } = useTranslation("app");
  const time = stamp(new Date(since), new Date(), i18n.language);
  return (
    <Alert
      className="frame"
      type="warning"
      role="status"
      title={
        <>
          {t("frame.stale", { time })} {error instanceof HoldfastError && sentence(t, error)}
        </>
      }
      action={<Button onClick={retry}>{t("frame.retry")}</Button>}
    />
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

/** The state of a query: loading, failed, or its data, with a note above them when they are old. */
export function Answer<T>(props: { of: Asked<T>; what: string; rows?: number; children: (data: T) => ReactNode }) {
  const { data, error, dataUpdatedAt, refetch } = props.of;
  if (data === undefined) {
    return error ? <Failed what={props.what} error={error} retry={refetch} /> : <Loading rows={props.rows ?? 6} />;
  }
  return (
    <>
      {error ? <Stale since={dataUpdatedAt} error={error} retry={refetch} /> : null}
      {props.children(data)}
    </>
  );
}

/** Rows that are new wait here, so that none of those shown moves by itself. */
export function Waiting({ count, onShow }: { count: number; onShow: () => void }) {
  const { t } = useTranslation("app");
  if (count === 0) return null;
  return (
    <p className="waiting" role="status">
      <Button size="small" onClick={onShow}>
        {t("frame.waiting", { count })}
      </Button>
    </p>
  );
}
