/** Lists of HostConfig that, with nothing in them, the docker client of 20.10 sends as null and that of 26.1 as empty. */
export const nullOrEmpty: ReadonlySet<string> = new Set([
  ...['BlkioDeviceReadBps', 'BlkioDeviceWriteBps', 'BlkioDeviceReadIOps', 'BlkioDeviceWriteIOps', 'Ulimits'],
]);
