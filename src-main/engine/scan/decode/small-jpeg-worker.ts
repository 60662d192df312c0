import { answerJobs } from "../../threads/job-threads.ts";
import { shrinkSmallJpeg } from "./small-jpeg.ts";

answerJobs(shrinkSmallJpeg);
