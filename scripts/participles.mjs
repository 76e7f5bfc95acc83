/**
 * Participles that are no names: each says how a thing came about, not what it is. `npm run lint` refuses them as names
 * in src/. Words of the Compose Specification (published, required) are names there.
 */
export const participles = `
  abandoned aborted absorbed accepted activated added adopted affected anchored announced answered applied asked
  assigned attached audited befallen begun bound braced bracketed built canceled changed checked chosen claimed
  cleared closed collected compared compiled completed configured connected copied crashed created damaged decided
  declared deleted destroyed detached disabled done doubled drawn driven dropped edited elapsed enabled encoded ended
  escaped examined excluded executed exited expanded expected explained exposed extended failed fetched filled
  finished fitted flushed folded followed forbidden forgotten found framed frozen given gone greeted grown guessed
  heard held hidden ignored implied imported included inherited inserted inspected installed interpolated interrupted
  joined judged kept killed known lacking laid left limited linked listed loaded locked logged looked lost made mapped
  masked matched meant measured merged met missed mixed modified mounted moved named needed negated nested normalised
  noted observed offered omitted opened ordered owned packed padded parsed passed paused pinned placed planned played
  polled printed probed promised pulled queued quoted ran reached rebuilt received recorded recreated refused rehashed
  related released reloaded remembered removed renamed rendered repaired repeated replaced reported requested reread
  reserved resolved restarted restored returned reused rotated said sampled saved scheduled scripted sealed searched
  seen selected sent served settled shared shipped shortened shown shut signalled simulated skipped sorted spared
  spawned spent spoken staged stamped started stated stopped stored stripped subscribed substituted synchronised taken
  tested throttled thrown timed told torn touched traced tried triggered trimmed truncated typed unclosed unlinked
  unnamed unrecorded unsaid unseen unstarted unsynced unsynchronised untested updated used verified visited waited
  wanted warned watched weighed won wrapped written
`
  .trim()
  .split(/\s+/);

/** Fields of --json, of the control socket and of files that dockunit writes: who reads them knows them by these names. */
export const publicFields = `
  added applied changed enabled gone ignored kept limited locked lost made omitted removed said waited wanted written
`
  .trim()
  .split(/\s+/);
