/** A copy of a ZIP container in which one file's size, as both headers declare it, is not the true one. */
export function lyingSize(container: Buffer, name: string, size: number): Buffer {
  const copy = Buffer.from(container);
  const wanted = Buffer.from(name);
  const declare = (signature: number, nameAt: number, sizeAt: number) => {
    for (let at = 0; at + nameAt + wanted.length <= copy.length; at += 1)
      if (copy.readUInt32LE(at) === signature && copy.subarray(at + nameAt, at + nameAt + wanted.length).equals(wanted))
        copy.writeUInt32LE(size, at + sizeAt);
  };
  declare(0x04034b50, 30, 22);
  declare(0x02014b50, 46, 24);
  return copy;
}
