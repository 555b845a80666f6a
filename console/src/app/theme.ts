import { theme as antd, type ThemeConfig } from "antd";
import { badges, grounds, type Scheme, variables } from "../states.ts";

const family = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

/** The design's tokens in antd's words. Nothing moves: a figure that changes is what should draw the eye. */
export function themeOf(scheme: Scheme): ThemeConfig {
  const ground = grounds[scheme];
  const onPrimary = scheme === "light" ? "#FFFFFF" : "#12171E";
  return {
    algorithm: scheme === "dark" ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      motion: false,
      fontFamily: family,
      fontSize: 14,
      fontSizeSM: 12,
      borderRadius: 4,
      controlHeight: 32,
      colorPrimary: ground.primary,
      colorInfo: ground.primary,
      colorLink: ground.primary,
      colorSuccess: badges.in_stock[scheme],
      colorWarning: badges.low[scheme],
      colorError: badges.sold_out[scheme],
      colorWarningBg: scheme === "dark" ? "#2A2417" : "#FCF6E9",
      colorWarningBorder: scheme === "dark" ? "#5C4C20" : "#E2C48F",
      colorErrorBg: scheme === "dark" ? "#2E1D1C" : "#FCF1EF",
      colorErrorBorder: scheme === "dark" ? "#6B3A34" : "#E3B3AC",
      colorInfoBg: scheme === "dark" ? "#182536" : "#EFF5FC",
      colorInfoBorder: scheme === "dark" ? "#2F4A6D" : "#B4CFF0",
      colorBgBase: ground.ground,
      colorBgContainer: ground.ground,
      colorBgElevated: scheme === "dark" ? ground.surface : ground.ground,
      colorBgLayout: ground.ground,
      colorText: ground.text,
      colorTextBase: ground.text,
      colorTextSecondary: ground.muted,
      colorTextDescription: ground.muted,
      colorTextPlaceholder: ground.muted,
      colorBorder: ground.line,
      colorBorderSecondary: ground.line,
      colorTextLightSolid: onPrimary,
    },
    components: {
      Tooltip: { colorBgSpotlight: ground.text, colorTextLightSolid: ground.ground },
      Button: { primaryColor: onPrimary },
    },
  };
}

/** Gives the style sheets the palette. Set through the object model: that needs no nonce. */
export function paint(scheme: Scheme): void {
  const root = document.documentElement;
  for (const [name, value] of Object.entries(variables(scheme))) root.style.setProperty(name, value);
  root.style.setProperty("color-scheme", scheme);
  root.dataset.scheme = scheme;
}
