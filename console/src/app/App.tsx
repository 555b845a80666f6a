import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { ConfigProvider } from "antd";
import zhCN from "antd/locale/zh_CN";
import { useEffect, useMemo } from "react";
import { queryClient } from "../api/queries.ts";
import { SignIn } from "../pages/signin/Page.tsx";
import { nonce } from "./base.ts";
import { usePreferences, useScheme } from "./preferences.ts";
import { router } from "./router.tsx";
import { resume, useSession } from "./session.ts";
import { paint, themeOf } from "./theme.ts";
import "./i18n.ts";

/** Without a session the sign-in is shown in the page's place, so its address stays and is there afterwards. */
export function App() {
  const { language } = usePreferences();
  const scheme = useScheme();
  const session = useSession();
  const theme = useMemo(() => themeOf(scheme), [scheme]);
  useEffect(() => paint(scheme), [scheme]);
  useEffect(() => {
    if (session.is === "unknown") void resume();
    if (session.is === "out") queryClient.clear();
  }, [session.is]);
  return (
    <ConfigProvider
      theme={theme}
      csp={{ nonce }}
      {...(language === "zh" ? { locale: zhCN } : {})}
      wave={{ disabled: true }}
      button={{ autoInsertSpace: false }}
    >
      <QueryClientProvider client={queryClient}>
        {session.is === "in" ? (
          <RouterProvider router={router} />
        ) : (
          session.is !== "unknown" && <SignIn state={session} />
        )}
      </QueryClientProvider>
    </ConfigProvider>
  );
}
