"""Assessment on several machines: Apache Spark hands out the parts of a file, each is assessed as on one machine.

Spark carries numbers of parts there and short summaries back. The facts do not pass through it: a worker reads its
part of the Parquet file itself, and writes its part of the result itself, so both lie where all workers can reach.
"""
