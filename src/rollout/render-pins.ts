/** What happens to pins when units of the Compose file replace pinned ones, in words. Pure. */
import type { PinOutcome } from '../images/pin-images.ts';
import { shortPin } from './summarise-changes.ts';
import type { PlannedChanges } from './plan.ts';

/** The pins that `apply` reports: all that change, and those kept for services that change otherwise. */
export function reportedPins({
  pins,
  changes,
}: Pick<PlannedChanges, 'pins' | 'changes'>): readonly PinOutcome[] {
  const changedServices = new Set(
    changes.flatMap(({ kind, change, service }) =>
      kind === 'container' && change !== 'same' ? (service ?? []) : [],
    ),
  );
  return pins.filter(({ service, fate }) => fate !== 'kept' || changedServices.has(service));
}

/** @param verb that drops the pins with --unpin, and its options */
export function renderPins(pins: readonly PinOutcome[], verb: string): readonly string[] {
  return pins.map(({ service, pin, fate }) => `note: ${service} ${words[fate](shortPin(pin), verb)}`);
}

const words = {
  kept: (pin, verb) => `stays pinned to ${pin} (dockunit ${verb} --unpin drops that)`,
  dropped: (pin) => `is no longer pinned to ${pin} (--unpin)`,
  replaced: (pin) => `is pinned to another image than ${pin} by dockunit.lock (--locked)`,
  outdated: (pin) => `is no longer pinned to ${pin}: the file names another image`,
} as const satisfies Record<PinOutcome['fate'], (pin: string, verb: string) => string>;
