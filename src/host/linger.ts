/** Whether a user's manager runs without a login. */
import { existsSync } from 'node:fs';

/** logind keeps a file for each user that `loginctl enable-linger` was told of; org.freedesktop.login1(5). */
export function lingers(user: string): boolean {
  return existsSync(`/var/lib/systemd/linger/${user}`);
}
