/** How an attempt ended: what the receiver answered, or why there was no answer, in a few words. */
export type Outcome = { status: number; retry_after_ms: number | null } | { error: string };

/** Posts one body; never rejects, and ends within 15 s. */
export interface WebhookSender {
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Outcome>;
}
