import { answerJobs } from "../job-threads.ts";
import { shrinkSmallJpeg } from "./small-jpeg.ts";

answerJobs(shrinkSmallJpeg);
