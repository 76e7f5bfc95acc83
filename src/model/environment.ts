/** Environment variables by name, of this process or of another machine. */
export type Environment = Readonly<Record<string, string | undefined>>;
