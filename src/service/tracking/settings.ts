/** Where runs are logged, from MLflow's own environment variables. */
export interface TrackingSettings {
  /** MLFLOW_TRACKING_URI: http or https, without a stroke at its end. */
  uri: string;
  /** MLFLOW_EXPERIMENT_NAME. */
  experiment: string;
  /** From MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD. Never logged. */
  authorization: string | null;
}

interface Found {
  /** Null without MLFLOW_TRACKING_URI. */
  tracking: TrackingSettings | null;
  problems: { param: string; message: string }[];
}

export function readTracking(environment: Readonly<Record<string, string | undefined>>): Found {
  const given = environment.MLFLOW_TRACKING_URI?.trim();
  if (!given) return { tracking: null, problems: [] };
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) return { tracking: null, problems: [WRONG] };
  const url = new URL(given);
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user = decodeURIComponent(url.username),
    MLFLOW_TRACKING_PASSWORD: password = decodeURIComponent(url.password),
  } = environment;
  url.username = "";
  url.password = "";
  const basic = user ? `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` : null;
  return {
    tracking: {
      uri: url.href.replace(/\/+$/, ""),
      experiment: environment.MLFLOW_EXPERIMENT_NAME?.trim() || "maillard",
      authorization: token ? `Bearer ${token}` : basic,
    },
    problems: [],
  };
}

const WRONG = {
  param: "MLFLOW_TRACKING_URI",
  message: "MLFLOW_TRACKING_URI is the address of an MLflow tracking server, such as http://127.0.0.1:5000.",
};
