import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { imports } from "../../api/fileQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Page } from "../../parts/Frame.tsx";
import { BringIn } from "./BringIn.tsx";
import { Earlier } from "./Earlier.tsx";
import { Outcome } from "./Outcome.tsx";
import { TakeOut } from "./TakeOut.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("files", { en, zh });

const route = getRouteApi("/files");

/** Tables in and out. An import runs on the server without the page. The address names the one that is shown. */
export function FilesPage() {
  const { t } = useTranslation("files");
  const { import: id } = route.useSearch();
  const navigate = useNavigate();
  const list = useQuery(imports());
  const open = (next: string | undefined) => void navigate({ to: "/files", search: next ? { import: next } : {} });
  return (
    <Page
      title={t("title")}
      name={t("title")}
      purpose={t("purpose")}
      guide="files"
      reading={{ asOf: undefined, came: list.dataUpdatedAt, error: list.error }}
    >
      <div className="limited">
        <Answer of={list} what={t("what")} rows={4}>
          {({ items }) => (
            <>
              <BringIn onSent={open} />
              {id && <Outcome key={id} id={id} onClose={() => open(undefined)} />}
              <TakeOut />
              <Earlier items={items} onOpen={open} />
            </>
          )}
        </Answer>
      </div>
    </Page>
  );
}
