/** The inits that `supervise --install` has a hook for; the values of `--init`. */
export const inits = ['openrc', 'runit', 'sysv', 'rc.local'] as const;
export type Init = (typeof inits)[number];
