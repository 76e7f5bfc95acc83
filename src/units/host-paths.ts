/**
 * The host paths that docker gets by any key of a service or a volume, and the volumes on the network: units wait for
 * the mounts of the paths and for the network of the volumes. A late mount hides what lies below it: a container that
 * started earlier writes to the disk beneath.
 */
import { posix as path } from 'node:path';
import type { Build, Logging, Project, Service, Volume } from '../compose/project.ts';
import { fileMounts } from './files.ts';

/**
 * The paths that docker reads or mounts to create the container of a service; the image's unit has those of its build.
 */
export function servicePaths(project: Project, service: Service): string[] {
  const { blkioConfig, devices, runtime = '', securityOpt = [], logging } = service;
  const mounts = [
    ...service.volumes,
    ...fileMounts(project, service, 'configs'),
    ...fileMounts(project, service, 'secrets'),
  ];
  const deviceLimits = blkioConfig && [
    ...blkioConfig.weightDevice,
    ...[...blkioConfig.deviceReadBps, ...blkioConfig.deviceWriteBps],
    ...[...blkioConfig.deviceReadIops, ...blkioConfig.deviceWriteIops],
  ];
  return absolute([
    ...mounts.flatMap((mount) => (mount.type === 'bind' ? [mount.source] : [])),
    ...ownVolumes(project, service).flatMap(volumePaths),
    ...devices.flatMap((device) => device.split(':', 1)),
    ...(deviceLimits ?? []).map((device) => device.path),
    ...securityOpt.flatMap((option) => /^seccomp=(.*)$/s.exec(option)?.[1] ?? []),
    ...loggingPaths(logging),
    runtime,
  ]);
}

/** The project's volumes that a service mounts; the project knows nothing more about an external one. */
export function ownVolumes(project: Project, service: Service): readonly Volume[] {
  return service.volumes.flatMap((mount) => {
    const volume = mount.type === 'volume' && project.volumes.get(mount.source ?? '');
    return volume && !volume.external ? [volume] : [];
  });
}

/**
 * The paths that a driver mounts or binds: `device`, and those in a list of mount options such as `lowerdir=/a:/b`. The
 * device of a network file system is a path of another machine.
 */
export function volumePaths(volume: Volume): string[] {
  const remote = networkFileSystem.test(typeOf(volume));
  return absolute(
    [...volume.driverOpts].flatMap(([key, value]) => {
      if (key === 'device') return remote ? [] : [value];
      return value.split(',').flatMap((option) => option.replace(/^[^=/]*=/, '').split(':'));
    }),
  );
}

/** Whether the volume can only be mounted once the network is online. A driver of another name is a plugin. */
export function isOnNetwork(volume: Volume): boolean {
  const { driver = 'local', driverOpts } = volume;
  const options = driverOpts.get('o')?.split(',') ?? [];
  return (
    driver !== 'local' ||
    networkFileSystem.test(typeOf(volume)) ||
    options.some((option) => option === '_netdev' || option.startsWith('addr='))
  );
}

const typeOf = ({ driverOpts }: Volume): string => driverOpts.get('type') ?? '';

/**
 * The network file systems by systemd's list (fstype_is_network() in src/basic/mountpoint-util.c), and those of FUSE.
 */
const networkFileSystem =
  /^(?:fuse\.)?(?:9p|afs|beegfs|ceph|cifs|curlftpfs|davfs2?|gfs2?|glusterfs|lustre|ncpfs|ncp|nfs4?|ocfs2|orangefs|pvfs2|rclone|s3fs|smb3|smbfs|sshfs)$/;

/** The paths that a build reads, or where it keeps its cache. */
export function buildPaths(build: Build): string[] {
  const caches = [...build.cacheFrom, ...build.cacheTo].flatMap((cache) => cache.split(','));
  return absolute([
    build.context,
    build.dockerfile ?? '',
    ...build.contexts.values(),
    ...build.ssh.map((agent) => agent.path ?? ''),
    ...caches.flatMap((field) => /^(?:src|dest)=(.*)$/s.exec(field)?.[1] ?? []),
  ]);
}

/** Sockets and certificates: docs.docker.com, "Configure logging drivers". */
function loggingPaths(logging: Logging | undefined): string[] {
  return [...(logging?.options ?? [])].flatMap(([key, value]) => {
    if (key.endsWith('-address')) return /^unix(?:gram)?:\/\/(.*)$/s.exec(value)?.[1] ?? [];
    return /(?:cert|key|path)$/.test(key) ? [value] : [];
  });
}

function absolute(paths: readonly string[]): string[] {
  return paths.filter((each) => each.startsWith('/')).map((each) => path.normalize(each));
}
