import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { preferences, subscribe } from "./preferences.ts";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

void i18next.use(initReactI18next).init({
  lng: preferences().language,
  fallbackLng: "en",
  ns: ["app"],
  defaultNS: "app",
  resources: { en: { app: en }, zh: { app: zh } },
  interpolation: { escapeValue: false }, // React writes text, never markup
  returnNull: false,
  initAsync: false,
});

function speak(): void {
  const { language } = preferences();
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  if (i18next.language !== language) void i18next.changeLanguage(language);
}

subscribe(speak);
speak();

/** A page's own texts come with the page. */
export function addTexts(namespace: string, texts: { en: object; zh: object }): void {
  i18next.addResourceBundle("en", namespace, texts.en, true, true);
  i18next.addResourceBundle("zh", namespace, texts.zh, true, true);
}
