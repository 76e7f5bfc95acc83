/** The inputs of loading a project, and the context that its parts share. */
import type { Service } from './project.ts';

export interface SourceFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** The outcome of reading a file that the specification names. */
export type FileText =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      /** `special` is not a regular file; `outside` is where untrusted files may not lead. */
      readonly reason: 'missing' | 'directory' | 'special' | 'outside' | 'unreadable' | 'too-large';
    };

/** Why an existing file is not opened, and what to do, for any use of it. */
export const unopenedFiles = {
  special: [
    'is no regular file, and dockunit opens no pipe, terminal, device or file of the kernel',
    'Put a regular file there',
  ],
  outside: ['lies outside the project directory', 'Put it there, or leave out --untrusted'],
} as const;

export interface LoadInput {
  /** The Compose files, in merge order. */
  readonly files: readonly SourceFile[];
  /** The project directory, absolute; relative paths are resolved against it. */
  readonly directory: string;
  /** The `.env` files, later ones over earlier ones. */
  readonly dotenv: readonly SourceFile[];
  /** The process environment; it wins over `.env`. */
  readonly environment: ReadonlyMap<string, string>;
  /** From -p; none: the value of COMPOSE_PROJECT_NAME. */
  readonly projectName?: string;
  /** The project's name where the files give none, as if they did. None: that of its directory. */
  readonly defaultName?: string;
  /** From --profile; none: those of COMPOSE_PROFILES. */
  readonly profiles?: readonly string[];
  /** Services requested by name: their profiles are active too. */
  readonly names?: readonly string[];
  /** The project's installed services: they take part as well, whatever their profiles. */
  readonly installedServices?: (project: string) => readonly string[];
  /** Reads a file that the specification names, such as an env_file, by absolute path. */
  readonly readFile: (path: string) => FileText;
}

/** The context of normalisers besides their field. */
export interface NormaliserContext {
  readonly directory: string;
  /** The environment of the project: process over `.env`. */
  readonly environment: ReadonlyMap<string, string>;
  readonly readFile: LoadInput['readFile'];
}

/** A service while its keys are read. */
export type ServiceDraft = { -readonly [K in keyof Service]: Service[K] };
