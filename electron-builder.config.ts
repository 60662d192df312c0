import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { Configuration } from "electron-builder";

// biome-ignore lint/suspicious/noTemplateCurlyInString: electron-builder fills it in.
const ARCH = "${arch}";

/** Files that the desktop program never reads. */
const NEVER_READ = [
  "!node_modules/better-sqlite3/{deps,src,binding.gyp}{,/**}",
  "!node_modules/usearch/{c,cpp,cmake,include,numkong,binding.gyp}{,/**}",
  "!node_modules/@julusian/jpeg-turbo/{src,CMakeLists.txt}{,/**}",
  "!node_modules/{cmake-js,node-addon-api,node-api-headers}{,/**}",
  "!node_modules/node-linux-*/{include,share,CHANGELOG.md,README.md}{,/**}",
  "!node_modules/@imagemagick/magick-wasm/dist/x86{,/**}",
  // The command line and server are a separate package, and the desktop program uses Electron's trash.
  "!dist/{cli,serve}.js",
  "!dist/{server,cli}{,/**}",
  "!node_modules/trash{,/**}",
  "!node_modules/**/*.{map,md,ts,mts,cts,cpp}",
];

/**
 * The files in a target's packages. They are listed per target because electron-builder starts from all files if a target's list has
 * only exclusions. `keep` says which of a native package's builds the target runs.
 */
function filesFor(keep: {
  system: string;
  sqlite: string;
  usearch: string;
  jpeg: string;
  img: string;
  node: string;
}) {
  return [
    "out/**",
    "dist/**",
    "models/*.{onnx,json}",
    ...NEVER_READ,
    `!node_modules/onnxruntime-node/bin/napi-v6/!(${keep.system}){,/**}`,
    `!node_modules/onnxruntime-node/bin/napi-v6/${keep.system}/!(${ARCH}){,/**}`,
    `!node_modules/better-sqlite3/prebuilds/!(${keep.sqlite}).node`,
    `!node_modules/usearch/prebuilds/!(${keep.usearch}){,/**}`,
    `!node_modules/@julusian/jpeg-turbo/prebuilds/!(jpeg-turbo-${keep.jpeg}){,/**}`,
    `!node_modules/@img/sharp-!(${keep.img}|libvips-${keep.img}){,/**}`,
    `!node_modules/node-linux-!(${keep.node}){,/**}`,
  ];
}

/** Packages of the desktop program. Run `npm run build` first. Native modules are used as published. */
export default {
  appId: "app.twinlens",
  productName: "Twinlens",
  copyright: "MIT license",
  directories: { output: "release", buildResources: "build" },
  npmRebuild: false,
  asar: true,
  // The desktop code stays in the archive. Files that the engine's plain Node runs or loads by path are next to it.
  asarUnpack: ["dist/**", "models/**", "node_modules/**"],
  // This copy of package.json marks the engine's files as modules for that Node. Electron starts from the one in the archive, which
  // must stay sealed; `extraResources` would move it out.
  afterPack: ({ packager, appOutDir }) =>
    copyFile(
      join(import.meta.dirname, "package.json"),
      join(packager.getResourcesDir(appOutDir), "app.asar.unpacked", "package.json"),
    ),
  fileAssociations: [
    {
      ext: "twinlens",
      name: "Twinlens project",
      mimeType: "application/x-twinlens",
      role: "Editor",
    },
  ],
  electronFuses: {
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    onlyLoadAppFromAsar: true,
    enableEmbeddedAsarIntegrityValidation: true,
    grantFileProtocolExtraPrivileges: false,
    enableCookieEncryption: true,
  },
  linux: {
    target: ["AppImage", "deb"],
    category: "Graphics",
    synopsis: "Finds near-duplicate images within and across train and test splits",
    maintainer: "Twinlens",
    icon: "build/icon.png",
    files: filesFor({
      system: "linux",
      sqlite: `linux-${ARCH}`,
      usearch: `linux-${ARCH}`,
      jpeg: `linux-${ARCH}`,
      img: `linux-${ARCH}`,
      node: ARCH,
    }),
  },
  win: {
    target: ["nsis"],
    icon: "build/icon.ico",
    files: filesFor({
      system: "win32",
      sqlite: `win32-${ARCH}`,
      usearch: `win32-${ARCH}`,
      jpeg: `win32-${ARCH}`,
      img: `win32-${ARCH}`,
      node: "none",
    }),
  },
  nsis: { oneClick: false, allowToChangeInstallationDirectory: true },
  mac: {
    target: ["dmg"],
    category: "public.app-category.developer-tools",
    icon: "build/icon.icns",
    files: filesFor({
      system: "darwin",
      sqlite: `darwin-${ARCH}`,
      usearch: "darwin-*",
      jpeg: `darwin-${ARCH}`,
      img: `darwin-${ARCH}`,
      node: "none",
    }),
  },
} satisfies Configuration;
