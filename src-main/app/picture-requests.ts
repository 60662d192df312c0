import { createHash } from "node:crypto";
import { ORPCError } from "@orpc/client";
import { ImageId } from "../contract/ids.ts";
import { ThumbnailSide } from "../contract/pictures.ts";
import type { EngineClient } from "../engine-client/engine-client.ts";
import type { ProjectKeys } from "./project-keys.ts";

/** The answer to an image request, for any protocol. */
export interface PictureAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface PictureRequest {
  /** `KEY/IMAGE/SIDE` or `KEY/IMAGE/full`, with `?v=VERSION` if the page knows the version. */
  readonly address: string;
  /** The `If-None-Match` header. */
  readonly knownTag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PictureSources {
  readonly client: EngineClient;
  readonly keys: ProjectKeys;
  /** Throws if the page may not see the project. */
  readonly admit?: (project: string) => Promise<void>;
}

/** Hexadecimal key, numbers and fixed words only, so that an address is never a path. */
const ADDRESS = /^([0-9a-f]{1,64})\/([1-9][0-9]{0,15})\/(160|320|640|full)$/;

/** Raster formats that every browser displays. SVG is excluded because it can contain scripts. */
const IMAGE_TYPES = ["image/webp", "image/jpeg", "image/png", "image/avif", "image/gif"];

/** Answers a request for a thumbnail or a full image. Never throws. */
export async function answerPicture(
  { client, keys, admit }: PictureSources,
  { address, knownTag, signal }: PictureRequest,
): Promise<PictureAnswer> {
  const [path = "", query = ""] = address.split("?", 2);
  const [, key = "", id = "", size = ""] = ADDRESS.exec(path) ?? [];
  if (key === "") return refusal(404, "This image does not exist.");
  try {
    const project = await keys.project(key);
    if (project === undefined) return refusal(404, "This project does not exist.");
    await admit?.(project);
    const image = ImageId.parse(Number(id));
    const options = signal === undefined ? {} : { signal };
    const picture =
      size === "full"
        ? await client.pictures.full({ project, image }, options)
        : await client.pictures.thumbnail(
            { project, image, side: ThumbnailSide.parse(Number(size)) },
            options,
          );
    return await found(picture, new URLSearchParams(query).has("v"), knownTag);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return refusal(statusOf(cause), message);
  }
}

async function found(
  picture: Blob,
  hasVersion: boolean,
  knownTag?: string,
): Promise<PictureAnswer> {
  const body = new Uint8Array(await picture.arrayBuffer());
  const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  const headers = {
    "content-type": IMAGE_TYPES.includes(picture.type) ? picture.type : "application/octet-stream",
    etag: tag,
    // A rescan can give the same id to another image; only an address with a version never changes.
    "cache-control": hasVersion ? "private, max-age=31536000, immutable" : "private, no-cache",
  };
  if (knownTag === tag) return { status: 304, headers, body: new Uint8Array() };
  return { status: 200, headers, body };
}

function refusal(status: number, message: string): PictureAnswer {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    body: new TextEncoder().encode(message),
  };
}

/** Known problems with the project or the file are 404; anything else is a fault of the program. */
function statusOf(cause: unknown): number {
  if (!(cause instanceof ORPCError)) return 500;
  return cause.defined ? 404 : cause.status;
}
