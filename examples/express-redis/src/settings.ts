// What the environment says. What is missing stops the program at its start, not at the first delivery.

export interface Settings {
  /** The address at which browsers reach the application. */
  readonly appUrl: string;
  readonly redisUrl: string;
  readonly port: number;
  /** The webhook destination's secret, and while it is being changed the old one beside it. */
  readonly webhookSecrets: readonly string[];
}

export function settingsOf(environment: NodeJS.ProcessEnv): Settings {
  const port = Number(environment.PORT ?? 3000);
  if (!Number.isInteger(port)) throw new Error("PORT must be a number");
  return {
    appUrl: environment.APP_URL ?? `http://localhost:${port}`,
    redisUrl: environment.REDIS_URL ?? "redis://127.0.0.1:6379/0",
    port,
    // An empty list is refused by didit-client.
    webhookSecrets: [environment.DIDIT_WEBHOOK_SECRET, environment.DIDIT_WEBHOOK_SECRET_PREVIOUS].filter(
      (secret): secret is string => secret !== undefined && secret !== "",
    ),
  };
}
