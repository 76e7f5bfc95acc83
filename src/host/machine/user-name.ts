import { userInfo } from 'node:os';

/** The name of this process's user; its number where passwd(5) has no entry for it, as in a container. */
export function userName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    return String(uid);
  }
}
