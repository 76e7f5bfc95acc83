/** Whether a user's manager runs without a login. */
import { lookAt } from '../machine/fs.ts';

/** logind keeps a file for each user with `loginctl enable-linger`; org.freedesktop.login1(5). */
export function lingers(user: string): boolean {
  return lookAt(`/var/lib/systemd/linger/${user}`) !== undefined;
}
