import { handleJobs } from "../../threads/worker-pool.ts";
import { shrinkSmallJpeg } from "./small-jpeg.ts";

handleJobs(shrinkSmallJpeg);
