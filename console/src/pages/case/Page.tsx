import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { HoldfastError } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { oneCase } from "../../api/caseQueries.ts";
import { product } from "../../api/itemQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Actions } from "./Actions.tsx";
import { Comments } from "./Comments.tsx";
import { Facts } from "./Facts.tsx";
import { Orders } from "./Orders.tsx";
import type { Case } from "./plans.ts";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("case", { en, zh });

const route = getRouteApi("/cases/$case");

export function CasePage() {
  const { t } = useTranslation("case");
  const { case: id } = route.useParams();
  const asked = useQuery(oneCase(id));
  const unknown = asked.error instanceof HoldfastError && asked.error.code === "NOT_FOUND";
  return (
    <Page
      title={<Id>{id}</Id>}
      name={id}
      purpose={t("purpose")}
      guide="stock-take"
      reading={{ came: asked.dataUpdatedAt, error: asked.error }}
    >
      <div className="limited">
        {unknown ? (
          <Empty>{t("unknown")}</Empty>
        ) : (
          <Answer of={asked} what={t("what")}>
            {(data) => <Whole key={id} of={data} />}
          </Answer>
        )}
        <p>
          <Link to="/inbox">{t("back")}</Link>
        </p>
      </div>
    </Page>
  );
}

function Whole({ of }: { of: Case }) {
  const { data } = useQuery({ ...product(of.product_id ?? ""), enabled: Boolean(of.product_id) });
  const measure = data ?? {};
  return (
    <>
      <Facts of={of} measure={measure} />
      <Actions of={of} />
      <Comments of={of} />
      {!of.till_id && <Orders of={of} measure={measure} />}
    </>
  );
}
