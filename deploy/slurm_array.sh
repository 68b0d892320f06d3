#!/bin/bash
# One job as an array of shards that write into one folder on a disk that all nodes share:
#     SHARDS=8 sbatch --array=1-8 deploy/slurm_array.sh JOB.yaml /shared/sets/mine
# Any of them may be preempted, killed or requeued: it goes on with the frames that are missing. To run some of them
# again, leave SHARDS as it was: SHARDS=8 sbatch --array=3,5 ... The last shard to end writes the annotations; where the
# shared disk passes no locks between nodes, let this follow, which makes what may be missing and writes them:
#     sbatch --dependency=afterany:ARRAY_JOB_ID --wrap 'synthvision render JOB.yaml --out /shared/sets/mine --resume'
#SBATCH --job-name=synthvision
#SBATCH --cpus-per-task=8
#SBATCH --mem-per-cpu=2G
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
# For nodes with GPUs:
##SBATCH --gpus-per-task=1
set -euo pipefail

job=${1:?the job file is missing: sbatch --array=1-8 deploy/slurm_array.sh JOB.yaml OUT}
out=${2:?the folder of the data set is missing: sbatch --array=1-8 deploy/slurm_array.sh JOB.yaml OUT}
shards=${SHARDS:?set SHARDS to the number of shards, e.g. SHARDS=8 sbatch --array=1-8}
shard=${SLURM_ARRAY_TASK_ID:?this is for an array: sbatch --array=1-$shards}

# Two minutes before the time limit SLURM sends USR1 to this shell: end what is being written, and queue up again.
# A run ends cleanly on TERM; INT would not reach it, since a shell lets what it runs in the background ignore that.
run= requeue=
trap 'requeue=1; kill -TERM "$run" 2>/dev/null || true' USR1
trap 'kill -TERM "$run" 2>/dev/null || true' TERM

synthvision render "$job" --out "$out" --shard "$shard/$shards" --resume \
    --workers "${SLURM_CPUS_PER_TASK:-1}" &
run=$!
code=0
wait "$run" || code=$?
# A signal ends the first wait; the run itself ends when its last frame is on disk.
while kill -0 "$run" 2>/dev/null; do
    code=0
    wait "$run" || code=$?
done
if [ -n "$requeue" ] && [ "$code" -eq 130 ]; then
    exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
