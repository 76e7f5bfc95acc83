/**
 * The candidate jobs of a request and which job pulls in which, as the transaction finds and drops them. Each has few
 * neighbours, so finding one does not scan the others.
 */
import type { DependencyMeaning } from './relations.ts';
import type { JobCause, JobType } from './state.ts';

/** A candidate job. */
export interface Prospect {
  readonly unit: string;
  type: JobType;
  /** The jobs that would fail without it, up to the anchor. */
  mattersToAnchor: boolean;
  cause: JobCause;
}

/** `subject` pulls in `object`: if it matters, the subject cannot run without the object. */
export interface ProspectLink {
  subject: Prospect;
  object: Prospect;
  readonly matters: boolean;
  /** The object stops a unit that conflicts with the subject. */
  readonly conflicts: boolean;
  /** The meaning of the dependency, and the job it asks for. */
  readonly meaning: DependencyMeaning;
  readonly asksFor: JobType;
}

interface Ends {
  /** In the order in which they were found. */
  readonly pulls: Set<ProspectLink>;
  readonly pulledBy: Set<ProspectLink>;
}

const noLinks: ReadonlySet<ProspectLink> = new Set();

export class Prospects {
  /** In the order in which they were found. */
  readonly #jobs = new Map<Prospect, Ends>();
  readonly #byUnit = new Map<string, Prospect[]>();
  /** Of each link, how many were found before it. */
  readonly #order = new Map<ProspectLink, number>();

  get jobs(): readonly Prospect[] {
    return [...this.#jobs.keys()];
  }

  /** In the order in which they were found. */
  jobsOf(unit: string): readonly Prospect[] {
    return this.#byUnit.get(unit) ?? [];
  }

  /** The links to what the job pulls in, in the order in which they were found. */
  pulls(job: Prospect): ReadonlySet<ProspectLink> {
    return this.#jobs.get(job)?.pulls ?? noLinks;
  }

  /** The links from the jobs that pull this one in. */
  pulledBy(job: Prospect): ReadonlySet<ProspectLink> {
    return this.#jobs.get(job)?.pulledBy ?? noLinks;
  }

  addJob(job: Prospect): void {
    this.#jobs.set(job, { pulls: new Set(), pulledBy: new Set() });
    const own = this.#byUnit.get(job.unit);
    if (own === undefined) this.#byUnit.set(job.unit, [job]);
    else own.push(job);
  }

  addLink(link: ProspectLink): void {
    this.#order.set(link, this.#order.size);
    this.#jobs.get(link.subject)?.pulls.add(link);
    this.#jobs.get(link.object)?.pulledBy.add(link);
  }

  /** Removes the job, and with `dependents` all jobs to which it mattered. */
  remove(job: Prospect, dependents: boolean): void {
    const open = [job];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (dependents) {
        for (const { subject, matters } of this.pulledBy(next)) if (matters) open.push(subject);
      }
      for (const link of this.pulls(next)) this.#jobs.get(link.object)?.pulledBy.delete(link);
      for (const link of this.pulledBy(next)) this.#jobs.get(link.subject)?.pulls.delete(link);
      this.#forget(next);
    }
  }

  /** The survivor takes over all links of the other job; both are of one unit. */
  absorb(survivor: Prospect, other: Prospect): void {
    const [own, others] = [this.#jobs.get(survivor), this.#jobs.get(other)];
    if (own === undefined || others === undefined) return;
    for (const link of others.pulledBy) {
      link.object = survivor;
      own.pulledBy.add(link);
    }
    const orderOf = (link: ProspectLink): number => this.#order.get(link) ?? 0;
    const pulls = [...own.pulls, ...others.pulls].sort((one, other) => orderOf(one) - orderOf(other));
    for (const link of others.pulls) link.subject = survivor;
    this.#jobs.set(survivor, { pulls: new Set(pulls), pulledBy: own.pulledBy });
    this.#forget(other);
  }

  #forget(job: Prospect): void {
    this.#jobs.delete(job);
    const own = this.jobsOf(job.unit).filter((other) => other !== job);
    if (own.length === 0) this.#byUnit.delete(job.unit);
    else this.#byUnit.set(job.unit, own);
  }
}
