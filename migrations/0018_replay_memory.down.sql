DROP TABLE replay_blocks;
